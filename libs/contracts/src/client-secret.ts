/** The name of a client's one secret (`secret` of `clients.create`) among its rows. */
export const CLIENT_SECRET_KEY = 'secret'

/**
 * Where a secret of a client lies and where it is sent: the additional data that it is sealed with. It opens neither in another row
 * nor for another origin, even when somebody edits the row of the client by hand. `origin` is `clientOrigin` of the client; the empty
 * text, for a client without an address, leaves it out.
 */
export function clientSecretPlace(
  clientId: string,
  origin: string,
  secretKey: string = CLIENT_SECRET_KEY,
): string {
  const row = `client_secrets/${clientId}/${secretKey}`
  return origin === '' ? row : `${row}@${origin}`
}
