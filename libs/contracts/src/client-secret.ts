/** The name of a client's one secret (`secret` of `clients.create`) among its rows. */
export const CLIENT_SECRET_KEY = 'secret'

/** Where a secret of a client lies: the additional data that it is sealed with, so that it opens nowhere else. */
export function clientSecretPlace(clientId: string, secretKey: string = CLIENT_SECRET_KEY): string {
  return `client_secrets/${clientId}/${secretKey}`
}
