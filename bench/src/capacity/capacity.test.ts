import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { readReport } from '../report.ts'
import { readFigures } from './figures.ts'
import { DEFAULT_LOAD } from './load.ts'
import { planCapacity } from './plan.ts'
import type { CapacityPlan } from './plan.ts'
import { OPTIONS, readLoad } from './read-load.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const page = readFileSync(`${root}docs/architecture/scaling.md`, 'utf8')

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function capacity(...args: readonly string[]): Promise<Ended> {
  try {
    const done = await run('npm', ['run', '--silent', 'capacity', '--', ...args], { cwd: root })
    return { code: 0, ...done }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, stdout, stderr }
  }
}

test('the commands of scaling.md print replicas, cores, memory, and the first part that breaks', async () => {
  const lines = [...page.matchAll(/^npm run capacity -- (.*)$/gm)].map((match) => match[1] ?? '')
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) {
    const { code, stdout, stderr } = await capacity(...line.split(' '))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const plan = line.includes('--json')
      ? (JSON.parse(stdout) as CapacityPlan).breaksFirst.part
      : /^Breaks.*: (.*), at/m.exec(stdout)?.[1]
    expect(plan).toMatch(/\w/)
  }
})

test('wrong options end with 2 and say what fits', async () => {
  const { code, stdout, stderr } = await capacity('--calls', 'many', '--spoks', '3')
  expect(code).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain('--calls takes a number from 0 to 1,000,000,000')
  expect(stderr).toContain('--spoks is no option. There are: --calls, --spokes')
  expect(readLoad([]).faults).toEqual([expect.stringContaining('for example --calls 50000')])
  expect(readLoad(['--calls']).faults).toEqual([expect.stringContaining('not nothing')])
  expect(readLoad(['--calls=-1']).faults).toHaveLength(1)
  expect(readLoad(['--calls=5', '--json'])).toMatchObject({ load: { calls: 5 }, json: true })
})

test('the page names each option', () => {
  for (const name of Object.keys(OPTIONS)) expect(page).toContain(`\`${name}\``)
})

test('more load never needs less, and one core of a gateway takes what was measured', async () => {
  const figures = readFigures(await readReport())
  const small = planCapacity({ ...DEFAULT_LOAD, calls: 1000, spokes: 1000 }, figures)
  const large = planCapacity({ ...DEFAULT_LOAD, calls: 100_000, spokes: 1000 }, figures)
  for (const [at, service] of small.services.entries())
    expect(large.services[at]?.replicas).toBeGreaterThanOrEqual(service.replicas)
  expect(large.breaksFirst.atTimesTheLoad).toBeLessThan(small.breaksFirst.atTimesTheLoad)
  const gateway = large.services.find(({ service }) => service === 'gateway')
  expect(gateway?.cores).toBeGreaterThanOrEqual((figures.gatewayUs * 100_000) / 1e6)
  expect(small.services.map(({ replicas }) => replicas)).toEqual([2, 2, 2, 2, 2])
})

test('a report without a row names the bench that writes it', () => {
  expect(() => readFigures({ results: {}, failures: {} })).toThrow(/npm run bench -- scale/)
})
