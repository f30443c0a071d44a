import type { Identity } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { PlaceCheck } from './place-check.ts'
import type { PlaceCheckOptions } from './place-check.ts'

const owner: Identity = { id: 'a', scopes: ['*'] }
const place = {
  workspaceId: 'w',
  prefix: 'dev.desk',
  spoke: 'desk',
  worktree: undefined,
  branch: undefined,
  head: undefined,
  repository: undefined,
}

test('a spoke that was removed and attached again under its name is compared, also at the same epoch', async () => {
  let provider: { spokeId: string; epoch: number } | undefined = { spokeId: 'one', epoch: 1 }
  let compared = 0
  const check = new PlaceCheck({
    runtime: {
      bus: { directory: { get: () => ({ providers: provider === undefined ? [] : [provider] }) } },
    } as unknown as PlaceCheckOptions['runtime'],
    place: () => {
      compared++
      return Promise.resolve(place)
    },
  })
  const look = () => check.attachmentOf(place, 'dev.desk.fs.write', owner)
  expect(await look()).toEqual({ spokeId: 'one', epoch: 1 })
  expect(await look()).toEqual({ spokeId: 'one', epoch: 1 })
  expect(compared).toBe(1)
  provider = { spokeId: 'two', epoch: 1 }
  expect(await look()).toEqual({ spokeId: 'two', epoch: 1 })
  expect(compared).toBe(2)
  provider = undefined
  await expect(look()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
})
