import type { RegistryOperation } from '@alkdev/contracts'
import { expect, test } from 'vitest'
import { spec } from '../testing/harness.ts'
import { SharedSpecs } from './shared-specs.ts'

function operation(name: string, description = 'x'): RegistryOperation {
  return {
    operationId: `dev.one.${name}`,
    name,
    spec: spec(name, { description }),
    status: 'active',
  }
}

test('equal specs are one object until no operation uses them', () => {
  const specs = new SharedSpecs()
  const first = specs.share([operation('fs.read'), operation('fs.write')])
  const second = specs.share([operation('fs.read'), operation('fs.read', 'other')])
  expect(second[0]?.spec).toBe(first[0]?.spec)
  expect(second[1]?.spec).not.toBe(first[0]?.spec)
  expect(specs.size).toBe(3)
  specs.release(first)
  expect(specs.size).toBe(2)
  specs.release(second)
  expect(specs.size).toBe(0)
  const again = specs.share(first)
  expect(again).toEqual(first)
  expect(specs.size).toBe(2)
})
