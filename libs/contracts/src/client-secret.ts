/** The name of a client's only secret (`secret` of `clients.create`) among its rows. */
export const CLIENT_SECRET_KEY = 'secret'

/**
 * The additional data with which a client's secret is encrypted: its row and the origin to which it is sent. The secret can't be decrypted
 * in another row or for another origin, even if the row of the client is edited manually. `origin` is `clientOrigin` of the client; an
 * empty text (a client without an address) omits it.
 */
export function clientSecretPlace(
  clientId: string,
  origin: string,
  secretKey: string = CLIENT_SECRET_KEY,
): string {
  const row = `client_secrets/${clientId}/${secretKey}`
  return origin === '' ? row : `${row}@${origin}`
}
