import * as stamps from './stamps.js';
import type { Stamp } from './stamps.js';

/** A real API's object: how it tells what is new and what is gone. */
export interface RemoteObject {
  /** The row of the corpus: `api: object`. */
  readonly row: string;
  /** How records carry the time of their change. */
  readonly stamp: Stamp;
  readonly news:
    | {
        /** `between` needs an upper bound too. */
        readonly filter: '>' | '>=' | 'between';
        /** How the filter's value is written, where that is not as in the records. */
        readonly as?: Stamp;
        readonly in?: 'query' | 'header' | 'json';
        /** The filter's value is rounded down to this, in milliseconds. */
        readonly rounded?: number;
      }
    /** A delta token, which tells deletions too. */
    | 'token'
    /** One token for each folder: what is moved to another is removed from the first. */
    | 'token per folder'
    /** No filter: newest first, read as far as is known. */
    | 'watermark'
    /** No filter at all: everything in each run. */
    | 'nothing';
  readonly order: 'asc' | 'desc' | 'none';
  readonly gone:
    /** Records that say so, in the same list. */
    | 'flag'
    /** A list of deleted keys, or of archived records, or an event log. */
    | 'feed'
    /** Nothing tells: only a full reading shows what is missing. */
    | 'snapshot'
    /** By the delta token. */
    | 'token'
    /** The list is a sample: what is missing says nothing. */
    | 'never';
}

const { isoMs, isoSeconds, isoOffset, epochSeconds, epochMs, blank } = stamps;

export const objects: readonly RemoteObject[] = [
  {
    row: 'Salesforce: sObjects (Account, Contact, ...)',
    stamp: stamps.isoZeroOffset,
    news: { filter: '>=', as: isoMs },
    order: 'asc',
    gone: 'feed',
  },
  {
    row: 'HubSpot: CRM objects via search',
    stamp: isoMs,
    news: { filter: '>=', as: epochMs, in: 'json' },
    order: 'asc',
    gone: 'feed',
  },
  {
    row: 'Zendesk Support: organizations, users (incremental export)',
    stamp: isoSeconds,
    news: { filter: '>=', as: epochSeconds },
    order: 'asc',
    gone: 'flag',
  },
  {
    row: 'Shopify GraphQL: products, orders, customers',
    stamp: isoSeconds,
    news: { filter: '>', in: 'json' },
    order: 'asc',
    gone: 'snapshot',
  },
  {
    row: 'GitHub: issues',
    stamp: isoSeconds,
    news: { filter: '>=' },
    order: 'asc',
    gone: 'snapshot',
  },
  {
    row: 'GitHub: pull requests',
    stamp: isoSeconds,
    news: 'watermark',
    order: 'desc',
    gone: 'never',
  },
  {
    row: 'GitLab: issues, merge requests',
    stamp: isoMs,
    news: { filter: '>=' },
    order: 'asc',
    gone: 'snapshot',
  },
  {
    row: 'Jira Cloud: issues (JQL)',
    stamp: stamps.isoZeroOffset,
    news: { filter: '>=', as: stamps.blankMinute },
    order: 'asc',
    gone: 'snapshot',
  },
  { row: 'Google Calendar: events', stamp: isoMs, news: 'token', order: 'none', gone: 'token' },
  { row: 'Google Drive: files', stamp: isoMs, news: 'token', order: 'none', gone: 'token' },
  { row: 'Google Directory: users', stamp: isoMs, news: 'nothing', order: 'none', gone: 'feed' },
  {
    row: 'Google Ads: campaigns, ad groups',
    stamp: stamps.blankTokyo,
    news: { filter: 'between' },
    order: 'asc',
    gone: 'feed',
  },
  {
    row: 'Microsoft Outlook: messages per folder',
    stamp: isoSeconds,
    news: 'token per folder',
    order: 'none',
    gone: 'token',
  },
  {
    row: 'OneDrive / SharePoint: drive items',
    stamp: isoSeconds,
    news: 'token',
    order: 'none',
    gone: 'token',
  },
  {
    row: 'Airtable: records',
    stamp: isoMs,
    news: { filter: '>' },
    order: 'none',
    gone: 'snapshot',
  },
  { row: 'Asana: tasks', stamp: isoMs, news: { filter: '>=' }, order: 'none', gone: 'feed' },
  {
    row: 'Intercom: contacts (search)',
    stamp: epochSeconds,
    news: { filter: '>', in: 'json', rounded: 86_400_000 },
    order: 'asc',
    gone: 'snapshot',
  },
  {
    row: 'Intercom: companies',
    stamp: epochSeconds,
    news: 'nothing',
    order: 'none',
    gone: 'snapshot',
  },
  {
    row: 'Xero: invoices, contacts, ...',
    stamp: stamps.dotNet,
    news: { filter: '>', as: stamps.isoBare, in: 'header' },
    order: 'asc',
    gone: 'flag',
  },
  {
    row: 'QuickBooks Online: invoices, customers, ...',
    stamp: isoOffset,
    news: { filter: '>=' },
    order: 'none',
    gone: 'flag',
  },
  {
    row: 'Pipedrive v1: recents',
    stamp: blank,
    news: { filter: '>=' },
    order: 'asc',
    gone: 'flag',
  },
  {
    row: 'Zoho CRM: modules',
    stamp: isoOffset,
    news: { filter: '>', in: 'header' },
    order: 'asc',
    gone: 'feed',
  },
  {
    row: 'NetSuite REST: records',
    stamp: stamps.usDate,
    news: { filter: '>=', as: stamps.usDate },
    order: 'none',
    gone: 'feed',
  },
  {
    row: 'Chargebee: customers, subscriptions',
    stamp: epochSeconds,
    news: { filter: '>' },
    order: 'asc',
    gone: 'flag',
  },
  {
    row: 'Mailchimp: list members',
    stamp: isoOffset,
    news: { filter: '>' },
    order: 'asc',
    gone: 'feed',
  },
  {
    row: 'Freshdesk: tickets',
    stamp: isoSeconds,
    news: { filter: '>=' },
    order: 'asc',
    gone: 'feed',
  },
  {
    row: 'Lever: opportunities',
    stamp: epochMs,
    news: { filter: '>=' },
    order: 'none',
    gone: 'feed',
  },
  {
    row: 'Workable: candidates',
    stamp: isoMs,
    news: { filter: '>' },
    order: 'none',
    gone: 'snapshot',
  },
  {
    row: 'ServiceNow: table rows',
    stamp: blank,
    news: { filter: '>=' },
    order: 'asc',
    gone: 'feed',
  },
  { row: 'Okta: users', stamp: isoMs, news: { filter: '>' }, order: 'asc', gone: 'snapshot' },
  {
    row: 'monday.com: items',
    stamp: isoSeconds,
    news: { filter: 'between', in: 'json' },
    order: 'asc',
    gone: 'feed',
  },
  {
    row: 'ClickUp: tasks',
    stamp: stamps.epochMsText,
    news: { filter: '>' },
    order: 'desc',
    gone: 'snapshot',
  },
  {
    row: 'Square: catalog objects',
    stamp: isoMs,
    news: { filter: '>', in: 'json' },
    order: 'none',
    gone: 'flag',
  },
  { row: 'DocuSign: envelopes', stamp: isoMs, news: { filter: '>=' }, order: 'asc', gone: 'feed' },
  { row: 'Box: files', stamp: isoOffset, news: 'token', order: 'none', gone: 'token' },
  {
    row: 'Slack: users, conversations',
    stamp: epochSeconds,
    news: 'nothing',
    order: 'none',
    gone: 'flag',
  },
  { row: 'Close: leads', stamp: isoMs, news: { filter: '>' }, order: 'asc', gone: 'feed' },
  {
    row: 'FreshBooks: clients, invoices',
    stamp: stamps.blankEastern,
    news: { filter: '>=' },
    order: 'asc',
    gone: 'flag',
  },
  { row: 'Workday SOAP: workers', stamp: isoMs, news: 'nothing', order: 'none', gone: 'snapshot' },
  {
    row: 'SendGrid: marketing contacts',
    stamp: isoSeconds,
    news: 'nothing',
    order: 'desc',
    gone: 'never',
  },
  {
    row: 'Todoist: tasks, projects',
    stamp: isoSeconds,
    news: 'token',
    order: 'none',
    gone: 'token',
  },
];
