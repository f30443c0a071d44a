import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loadConfig } from '@alkdev/config'
import { IMAGE_PROGRAM_FILES } from '@alkdev/sdk/programs'
import { expect, test } from 'vitest'
import { commandMain } from '../programs.ts'
import { renderKustomization } from '../kubernetes/render-kustomization.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const guide = readFileSync(join(root, 'docs/guides/run-on-kubernetes.md'), 'utf8')
const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '')
const run = promisify(execFile)

test('the commands of run-on-kubernetes.md make a config that every service reads, for pods that find each other', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-kubernetes-'))
  await writeFile(
    join(dir.path, 'alkhub'),
    `#!/bin/sh\nexec '${process.execPath}' '${commandMain()}' "$@"\n`,
  )
  await chmod(join(dir.path, 'alkhub'), 0o755)
  const ours = blocks.filter((block) => /^\s*\.\/alkhub config/m.test(block))
  expect(ours.length).toBeGreaterThan(1)
  for (const block of ours) await run('/bin/sh', ['-e', '-c', block], { cwd: dir.path })
  for (const service of [
    'gateway',
    'spoke-broker',
    'inference-proxy',
    'mcp',
    'coordinator',
  ] as const) {
    const { http } = await loadConfig({
      path: join(dir.path, `hub-secrets/${service}.json`),
      masterKeyPath: join(dir.path, 'hub-secrets/master.key'),
      service,
    })
    expect(http.host).toBe('0.0.0.0')
    expect(http.advertisedUrl).toBe('http://{address}:{port}')
    const isFront = ['gateway', 'inference-proxy'].includes(service)
    expect(http.trustedProxies).toEqual(isFront ? ['192.0.2.0/24'] : [])
  }
  // What the secrets are made from is there.
  const sources = [...guide.matchAll(/--from-file=[\w.-]+=(hub-secrets\/[\w.$-]+)/g)].map(
    ([, path = '']) => path.replace('$service', 'migrate'),
  )
  expect(sources.length).toBeGreaterThan(3)
  for (const path of sources) expect(existsSync(join(dir.path, path))).toBe(true)
})

test('what the lines for kubectl name is in the manifests and in the image', () => {
  const objects = renderKustomization(join(root, 'docs/deploy/kubernetes/overlays/production'))
  const named = [...guide.matchAll(/ (deployment|job)(?:\/| (?=migrate))([a-z-]+)/g)].map(
    ([, kind = '', name = '']) => `${kind} ${name}`,
  )
  const known = objects.map(({ kind, metadata }) => `${kind.toLowerCase()} ${metadata.name}`)
  expect(named.length).toBeGreaterThan(3)
  for (const name of new Set(named)) expect(known).toContain(name)
  const programs = [...guide.matchAll(/-- node (\S+)/g)].map(([, program]) => program)
  expect(programs.length).toBeGreaterThan(0)
  expect(IMAGE_PROGRAM_FILES).toEqual(expect.arrayContaining(programs))
  for (const [, folder = ''] of guide.matchAll(/--kustomize (\S+)/g))
    expect(existsSync(join(root, folder, 'kustomization.yaml'))).toBe(true)
})
