import { readKey, runSpoke } from '@alkdev/spoke'
import { searchOperation } from './search-operation.ts'
import { readSettings } from './settings.ts'
import { openUpstream } from './upstream.ts'

/** `node src/main.ts [SETTINGS_FILE]`: attaches the spoke, and stays attached until SIGINT or SIGTERM. */
try {
  const settings = await readSettings(process.argv[2] ?? 'settings.json')
  const upstream = await openUpstream(settings.upstream)
  await runSpoke({
    hub: settings.hub,
    key: await readKey({ file: settings.keyFile }),
    name: settings.name,
    operations: [searchOperation(upstream)],
    capacity: settings.upstream.maxConcurrent,
  })
} catch (error) {
  console.error(error instanceof Error ? error.message : 'The spoke could not be started.')
  process.exitCode = 1
}
