import { expect, test } from 'vitest'
import { trialText } from './provider-trial.ts'

const key = (name: string) => ({ key: name, ok: true, durationMs: 14 })

test('a trial names the keys of a provider that has several, and the model that answered', () => {
  const found = { ok: true, models: ['small'], listed: 1 }
  expect(trialText('acme', { ...found, keys: [key('secret')] })).toBe(
    'acme: works, 14 ms\n1 model: acme/small',
  )
  expect(trialText('acme', { ...found, listed: 0, keys: [key('secret')] }, 'small')).toBe(
    'acme: works, and acme/small answered, 14 ms',
  )
  expect(trialText('acme', { ...found, listed: 0, keys: [key('secret'), key('second')] })).toBe(
    'acme, key secret: works, 14 ms\nacme, key second: works, 14 ms',
  )
})
