// Runs the bench that its argument names, and sends the outcome to its parent.
import { join } from 'node:path'
import { hostFacts } from './host-facts.ts'
import type { Failure, Measurement } from './report.ts'
import type { Row } from './row.ts'

async function outcomeOf(name: string): Promise<Measurement | Failure> {
  try {
    const bench = (await import(join(import.meta.dirname, `${name}.bench.ts`))) as {
      run(): Promise<readonly Row[]>
    }
    const rows = await bench.run()
    return { at: new Date().toISOString(), machine: hostFacts(), rows }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { at: new Date().toISOString(), message }
  }
}

// A bench may leave sockets of servers behind, which would keep the process.
process.send?.(await outcomeOf(process.argv[2] ?? ''), () => process.exit())
