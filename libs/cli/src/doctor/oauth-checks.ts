import { access } from 'node:fs/promises'
import { checkConfig, loadConfig } from '@alkdev/config'
import type { ConfigPaths, McpOauthConfig } from '@alkdev/config'
import { ANY_ADDRESS, createJsonReader, readIssuerKeys } from '@alkdev/outbound'
import type { JsonReader } from '@alkdev/outbound'
import { note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

type Issuer = McpOauthConfig['issuers'][number]

/** The OAuth issuers of a config of the mcp service: whether tokens of each can be checked, and whether it has logins. */
export async function checkOauth(target: ConfigPaths): Promise<Finding[]> {
  const isThere = await access(target.path).then(
    () => true,
    () => false,
  )
  if (!isThere) return []
  // Its mistakes are findings of the check of the config.
  const { failures } = await checkConfig({ ...target, service: 'mcp' })
  if (failures.length > 0) return []
  const { mcpOauth, http } = await loadConfig({ ...target, service: 'mcp' })
  const { issuers, resource } = mcpOauth
  if (issuers.length === 0) return []
  const reader = createJsonReader(ANY_ADDRESS)
  try {
    const findings = await Promise.all(issuers.map((issuer) => checkIssuer(issuer, reader)))
    if (resource !== undefined || http.publicUrl !== undefined) return findings
    const says = 'Tokens must be for the address at which the mcp service listens.'
    const fix = 'Set `mcpOauth.resource` to the address of /mcp for clients.'
    return [...findings, note('oauth', says, fix)]
  } finally {
    await reader.close()
  }
}

async function checkIssuer(issuer: Issuer, reader: JsonReader): Promise<Finding> {
  const name = issuer.issuer
  if (issuer.logins.length === 0)
    return wrong(
      'oauth',
      `Every token of ${name} is refused, because it has no login.`,
      'Name whose tokens are accepted in `mcpOauth.issuers[].logins`.',
    )
  try {
    const keys = await readIssuerKeys(issuer, reader)
    if (keys.length > 0) return ok('oauth', `${name} offers ${keys.length} keys.`)
    return wrong(
      'oauth',
      `${name} offers no public key.`,
      'Set `jwksUrl` to the address of its keys.',
    )
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it failed'
    return wrong(
      'oauth',
      `The keys of ${name} cannot be read: ${why}.`,
      'Check `issuer` and `jwksUrl` of `mcpOauth`, and that the server is running.',
    )
  }
}
