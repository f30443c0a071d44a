// `npm run capacity -- --calls 50000 --spokes 100000 --sessions 10000`: what a load needs, from the measured figures.
import { readFigures } from './capacity/figures.ts'
import { planText } from './capacity/plan-text.ts'
import { planCapacity } from './capacity/plan.ts'
import { OPTIONS, readLoad } from './capacity/read-load.ts'
import { readReport } from './report.ts'

const { load, json, help, faults } = readLoad(process.argv.slice(2))
if (help) {
  for (const [name, { meaning }] of Object.entries(OPTIONS))
    console.log(`${`${name} NUMBER`.padEnd(26)}${meaning}`)
  console.log(`${'--json'.padEnd(26)}the plan as JSON`)
} else if (faults.length > 0) {
  for (const fault of faults) console.error(fault)
  process.exitCode = 2
} else {
  const plan = planCapacity(load, readFigures(await readReport()))
  console.log(json ? JSON.stringify(plan, null, 2) : planText(plan))
}
