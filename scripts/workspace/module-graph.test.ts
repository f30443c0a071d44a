import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { moduleGraph } from './module-graph.ts'
import { readWorkspace } from './package-files.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const workspace = readWorkspace(root)
/** All but the coordinator, which orders tasks with taskgraph and so loads graphology. */
const services = ['gateway', 'spoke-broker', 'inference-proxy', 'mcp']

test.each(services)('%s loads neither flowgraph nor ujsx nor what they are built on', (service) => {
  const { files, packages } = moduleGraph(root, workspace, `services/${service}/src/main.ts`)
  expect([...files].filter((path) => /^libs\/(flowgraph|ujsx)\//.test(path))).toEqual([])
  expect(packages).not.toContain('graphology')
  expect(packages).not.toContain('@preact/signals-core')
  // The graph is that of the whole program.
  expect(packages).toContain('fastify')
  expect(files).toContain('libs/operations/src/registry/registry.ts')
})

test('the programs that compare pool members load the schema comparison', () => {
  const { files } = moduleGraph(root, workspace, 'services/spoke-broker/src/main.ts')
  expect(files).toContain('libs/operations/src/schema/compatibility/comparison.ts')
})

test('the entry for schema compatibility loads no package and nothing outside of its folder', () => {
  const entry = 'libs/operations/src/schema-compatibility.ts'
  const { files, packages } = moduleGraph(root, workspace, entry)
  expect(packages.size).toBe(0)
  expect(
    [...files].filter((path) => !path.startsWith('libs/operations/src/schema/compatibility/')),
  ).toEqual([entry])
})
