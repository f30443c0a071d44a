import { clientUrls } from '@alkdev/contracts'
import { validationError } from '@alkdev/operations'
import { readDeploymentId } from '@alkdev/outbound'
import type { AddressPolicy } from '@alkdev/outbound'

export interface OwnDeployment {
  readonly policy: AddressPolicy
  readonly deploymentId: string
}

/**
 * Throws VALIDATION_ERROR when a server of the hub itself answers at one of the URLs (by the path of its member): the hub would call itself. A
 * server that does not answer now is taken for another one; the depth of calls ends such a loop later.
 */
export async function requireForeignUrl(
  what: string,
  urls: Iterable<readonly [path: string, url: string]>,
  { policy, deploymentId }: OwnDeployment,
): Promise<void> {
  const own = await Promise.all(
    [...urls].map(async ([path, url]) => {
      const isOwn = URL.canParse(url) && (await readDeploymentId(policy, url)) === deploymentId
      return isOwn ? [{ path, message: 'is an address of this hub' }] : []
    }),
  )
  if (own.flat().length > 0) throw validationError(what, own.flat())
}

/** The same for the addresses of the config of a client. */
export async function requireForeignClient(
  type: string,
  config: Readonly<Record<string, unknown>>,
  own: OwnDeployment,
): Promise<void> {
  if (type === 'custom') return
  const urls = [...clientUrls(config)].map(([member, url]) => [`/config/${member}`, url] as const)
  await requireForeignUrl(`The config of a client of type ${type}`, urls, own)
}
