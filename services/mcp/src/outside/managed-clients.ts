import type { McpServersConfig, McpServerSetting } from '@alkdev/config'
import { isReservedNamespace } from '@alkdev/contracts'
import type { KeyedHash } from '@alkdev/crypto'
import { canonicalJson, compact } from '@alkdev/std'
import { putManagedClients } from '@alkdev/storage'
import type { Db, ManagedClient } from '@alkdev/storage'
import type { Logger } from 'pino'
import { settingsOfServer } from './settings.ts'

/**
 * Writes the MCP servers of the configuration to the table of clients, so that all processes know them, and removes those that are in no
 * configuration any more. A server that can't be stored is logged with the reason and left out.
 */
export async function storeManagedClients(
  db: Db,
  servers: McpServersConfig,
  { hash, logger }: { readonly hash: KeyedHash; readonly logger: Logger },
): Promise<readonly number[]> {
  const usable = Object.entries(servers).filter(([name]) => {
    if (!isReservedNamespace(name)) return true
    logger.error({ client: name }, 'an MCP server of the configuration has a reserved name')
    return false
  })
  const result = await putManagedClients(
    db,
    usable.map(([name, server]) => managedClient(name, server, hash)),
  )
  for (const { name, reason } of result.refused)
    logger.error({ client: name, reason }, 'an MCP server of the configuration is not used')
  return result.changes
}

/** What callers may read about it: no argument, no variable and no header, because they may hold secrets. */
function managedClient(name: string, server: McpServerSetting, hash: KeyedHash): ManagedClient {
  const { url, command, scopes, include, exclude, pinned, owner, organization } = server
  return {
    name,
    config: {
      ...compact({ url, command }),
      ...(scopes && { scopes }),
      ...(include && { include }),
      ...(exclude && { exclude }),
      ...compact({ pinned }),
      // Changes with what is not shown, so that a changed argument or secret is used.
      revision: hash.of(canonicalJson(settingsOfServer(name, server))).slice(0, 16),
    },
    ...compact({ owner, organization }),
  }
}
