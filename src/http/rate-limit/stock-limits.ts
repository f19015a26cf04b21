/** What an account may have so many of, or a request hold. No wait makes room for more. */
const STOCK =
  /\b(?:storage|disk|drive|mailbox|attachments?|files?|folders?|uploads?|sizes?|bytes|kb|mb|gb|characters?|length|payload|page size|per page|pages?|items?|rows?|records?|entries|elements|results|documents?|fields?|columns?|properties|parameters?|arguments?|ids|recipients|seats?|licen[cs]es?|users? (?:limit|quota|in|of|on|for)|(?:number of|many|maximum) users|members?|collaborators?|contacts?|leads|projects?|workspaces?|boards?|domains?|webhooks?|devices?|plan limits?|trial|batch(?:es)?)\b/;
/** What is counted over time. */
const FLOW =
  /\b(?:rate|throttl\w*|requests?|calls?|invocations?|quer(?:y|ies)|hits?|transactions?|messages|emails?|operations?|throughput|bandwidth|frequen\w*|qps|rps|rpm|tpm|tps|(?:secondly|minutely|hourly|daily|weekly|monthly)|(?:per|an?|each|every|this|the) (?:second|sec|minute|min|hour|day|week|month)|seconds?|minutes?|hours?|concurren\w*|simultaneous\w*|slow down|too (?:fast|quickly|often))\b/;
const LIMIT =
  /\b(?:limit(?:s|ed)?|quota|allowance|exceed\w*|max\w*|too (?:many|large|big|long)|reached|over|full|number of)\b/;
/** Of one request, whatever it counts; of an account that has ended; of a setting; of money. */
const NEVER =
  /\b(?:batch (?:\w+ )?(?:size|limit)|(?:requests?|operations?|calls?) (?:in|per) (?:(?:a|an|the|one|each|this|single) )*(?:batch|page|body|payload)|trial (?:\w+ )?(?:expired|ended|over)|(?:must|should) (?:not )?be|cannot be (?:greater|more|less|larger|empty|blank)|is (?:not valid|invalid|required)|invalid value|(?:amount|funds|withdrawal|payout|card) (?:\w+ ){0,6}(?:limit|exceed\w*|maximum))\b/;

/** Whether words tell of a limit that no wait lifts: of seats, sizes, fields of a request. */
export function isStockLimit(words: string): boolean {
  return NEVER.test(words) || (STOCK.test(words) && LIMIT.test(words) && !FLOW.test(words));
}

/** Whether words tell for certain of a limit on calls. */
export function isCallLimit(words: string): boolean {
  return !NEVER.test(words) && FLOW.test(words);
}
