/** The connection that a data key belongs to. */
export interface KeyOwner {
  readonly connector: string;
  readonly connection: string;
}

/**
 * Keeps the keys that data keys are sealed under, outside of this process: a key management service, or a hardware module. Credentials are
 * sealed here, each connection's under a data key of its own; only data keys (32 bytes) go through the provider.
 *
 * @example
 * const keys: KeyProvider = {
 *   keyId: 'alias/syncline',
 *   async wrap(dataKey, { connector, connection }) {
 *     const { CiphertextBlob } = await kms.encrypt({ KeyId: 'alias/syncline', Plaintext: dataKey, EncryptionContext: { connector, connection } });
 *     return CiphertextBlob;
 *   },
 *   async unwrap(wrapped, { keyId, connector, connection }) {
 *     const { Plaintext } = await kms.decrypt({ KeyId: keyId, CiphertextBlob: wrapped, EncryptionContext: { connector, connection } });
 *     return Plaintext;
 *   },
 * };
 */
export interface KeyProvider {
  /** Names the key that `wrap` uses, for as long as it does. What another one has sealed is sealed anew when its connection is next updated. */
  readonly keyId: string;
  /** Encrypts a data key. What it returns is kept beside the credentials; it may bind it to the owner. */
  wrap(dataKey: Uint8Array, owner: KeyOwner): Uint8Array | Promise<Uint8Array>;
  /** Decrypts what `wrap` returned when `keyId` was its key. @throws when it has no such key, or when that does not open it */
  unwrap(
    wrapped: Uint8Array,
    about: KeyOwner & { readonly keyId: string },
  ): Uint8Array | Promise<Uint8Array>;
}
