import type { TasksGraphOutput, TasksWhatIfInput } from '@alkdev/contracts/agents'
import { useState } from 'preact/hooks'
import { useCall } from '../../hub/use-call.ts'
import { callLine, CliLine } from '../../ui/cli-line.tsx'
import { Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'

/** Which tasks move, and how far the end, when one takes longer. */
export function WhatIf({
  tasks,
  project,
}: {
  readonly tasks: TasksGraphOutput['tasks']
  readonly project: string | undefined
}) {
  const open = tasks.filter(({ status }) => status !== 'completed')
  // A choice of all tasks is as long as the plan.
  const [isOpened, setOpened] = useState(false)
  const [asked, setAsked] = useState<TasksWhatIfInput | null>(null)
  if (open.length === 0) return null
  const ask = (form: HTMLFormElement): void => {
    const data = new FormData(form)
    const task = data.get('task')
    const by = Number(data.get('by'))
    if (typeof task !== 'string' || !Number.isFinite(by)) return
    setAsked({ ...(project !== undefined && { project }), slips: { [task]: by } })
  }
  return (
    <details class="changed" onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary>What if a task takes longer?</summary>
      {isOpened && (
        <form
          class="filters"
          onSubmit={(event) => {
            event.preventDefault()
            ask(event.currentTarget)
          }}
        >
          <select name="task" aria-label="Task that takes longer">
            {open.map(({ slug }) => (
              <option key={slug} value={slug}>
                {slug}
              </option>
            ))}
          </select>
          <input
            name="by"
            type="number"
            step="any"
            required
            defaultValue="1"
            aria-label="Longer by, in units of its cost; below 0: shorter"
          />
          <button type="submit">Show what moves</button>
        </form>
      )}
      {asked && <Moves input={asked} />}
    </details>
  )
}

function Moves({ input }: { readonly input: TasksWhatIfInput }) {
  const loaded = useCall('tasks.whatIf', input)
  return (
    <>
      <Shown loaded={loaded}>
        {({ durationBefore, durationAfter, endSlip, moved }) => (
          <>
            <p role="status">
              {endSlip === 0 ? (
                'The end stays where it is.'
              ) : (
                <>
                  The end moves by <strong>{rounded(endSlip)}</strong>, from{' '}
                  {rounded(durationBefore)} to {rounded(durationAfter)}.
                </>
              )}
            </p>
            {moved.length > 0 && (
              <Table
                label="Tasks that move"
                rows={moved}
                keyOf={({ slug }) => slug}
                columns={[
                  { title: 'Task', wide: true, cell: ({ slug }) => <code>{slug}</code> },
                  {
                    title: 'Begins later by',
                    numeric: true,
                    cell: (one) => rounded(one.startSlip),
                  },
                  { title: 'Ends later by', numeric: true, cell: (one) => rounded(one.finishSlip) },
                ]}
              />
            )}
          </>
        )}
      </Shown>
      <CliLine line={callLine('tasks.whatIf', input)} />
    </>
  )
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
