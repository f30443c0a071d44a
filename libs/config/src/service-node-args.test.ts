import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { serviceNodeArgs, serviceNodeEnv } from './service-node-args.ts'

const SERVICES = ['gateway', 'spoke-broker', 'inference-proxy', 'mcp', 'coordinator'] as const

async function textOf(path: string): Promise<string> {
  const text = await readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')
  // A list may be on one line, or each of its members on a line of its own.
  return text.replaceAll(/\s+/g, ' ').replaceAll('[ ', '[').replaceAll(/,? \]/g, ']')
}

test('docker-compose.yml and the manifests for Kubernetes start each service with the arguments of Node that `up` gives it', async () => {
  for (const service of SERVICES) {
    const words = ['node', ...serviceNodeArgs(service), `programs/${service}.js`]
    const command = `command: [${words.join(', ')}]`
    // oxlint-disable-next-line no-await-in-loop -- five small files
    const manifest = await textOf(`docs/deploy/kubernetes/base/${service}.yaml`)
    expect(manifest).toContain(command)
    // oxlint-disable-next-line no-await-in-loop -- as above
    expect(await textOf('docker-compose.yml')).toContain(command)
  }
})

test('docker-compose.yml and the manifests for Kubernetes give each service the environment that `up` gives it', async () => {
  const compose = (await textOf('docker-compose.yml')).split(/ (?=[a-z-]+: <<: \*service )/)
  for (const service of SERVICES) {
    const [inCompose = ''] = compose.filter((part) => part.startsWith(`${service}: `))
    // oxlint-disable-next-line no-await-in-loop -- five small files
    const manifest = await textOf(`docs/deploy/kubernetes/base/${service}.yaml`)
    const names = Object.keys(serviceNodeEnv(service))
    for (const [name, value] of Object.entries(serviceNodeEnv(service))) {
      expect(inCompose).toContain(` ${name}: '${value}' `)
      expect(manifest).toContain(`{ name: ${name}, value: '${value}' }`)
    }
    for (const text of [inCompose, manifest])
      expect(text.match(/MALLOC_\w+/g) ?? []).toHaveLength(names.length)
  }
})
