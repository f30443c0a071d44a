import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { serviceNodeArgs } from './service-node-args.ts'

const SERVICES = ['gateway', 'spoke-broker', 'inference-proxy', 'mcp', 'coordinator'] as const

async function textOf(path: string): Promise<string> {
  const text = await readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')
  return text.replaceAll(/\s+/g, ' ')
}

test('docker-compose.yml and the manifests for Kubernetes start each service with the arguments of Node that `up` gives it', async () => {
  for (const service of SERVICES) {
    const words = ['node', ...serviceNodeArgs(service), `services/${service}/src/main.ts`]
    const command = `command: [${words.join(', ')}]`
    // oxlint-disable-next-line no-await-in-loop -- five small files
    const manifest = await textOf(`docs/deploy/kubernetes/base/${service}.yaml`)
    expect(manifest).toContain(command)
    // oxlint-disable-next-line no-await-in-loop -- as above
    expect(await textOf('docker-compose.yml')).toContain(command)
  }
})
