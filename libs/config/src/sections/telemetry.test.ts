import { Secret } from '@alkdev/crypto'
import { expect, test } from 'vitest'
import { telemetryFailures, traceHeaders } from './telemetry.ts'

const traces = {
  endpoint: 'http://collector:4318/v1/traces',
  sampleRatio: 0.1,
  maxQueuedSpans: 4096,
  exportTimeoutMs: 5000,
}

test('headers of the collector are lines of names and values', () => {
  expect(traceHeaders('authorization: Bearer a:b\n\nx-tenant:1\n')).toEqual({
    authorization: 'Bearer a:b',
    'x-tenant': '1',
  })
  expect(traceHeaders('no header')).toBeUndefined()
})

test('an endpoint that is not a URL or holds a password, and lines that are not headers, are refused without being shown', () => {
  expect(telemetryFailures({ metrics: true, traces })).toEqual([])
  for (const endpoint of ['collector:4318', 'ftp://collector', 'https://me:secret@collector'])
    expect(telemetryFailures({ metrics: true, traces: { ...traces, endpoint } })).toEqual([
      { path: 'telemetry.traces.endpoint', expected: expect.stringMatching(/http or https URL/) },
    ])
  const headers = new Secret('my secret')
  expect(telemetryFailures({ metrics: true, traces: { ...traces, headers } })).toEqual([
    { path: 'telemetry.traces.headers', expected: expect.stringMatching(/name: value/) },
  ])
})
