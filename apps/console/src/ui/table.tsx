import type { ComponentChildren } from 'preact'
import { navigate } from '../url/location.ts'
import type { Choice } from './choice.ts'
import { memo } from './memo.ts'

export interface Column<T> {
  readonly title: string
  readonly cell: (row: T) => ComponentChildren
  /** Numbers are aligned at their end. */
  readonly numeric?: boolean
  /** Hidden on narrow screens. */
  readonly extra?: boolean
  /** Takes the room that is left, and cuts long texts. */
  readonly wide?: boolean
}

interface TableProps<T> {
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly keyOf: (row: T) => string
  /** The view of a row; its first cell is the link. */
  readonly hrefOf?: (row: T) => string
  /** Rows can be chosen, for an act on those alone. */
  readonly choice?: Choice
}

/** Rows with a header. A click anywhere in a row opens its view, if it has one. */
export function Table<T>({ label, columns, rows, keyOf, hrefOf, choice }: TableProps<T>) {
  return (
    <div class="table" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {choice && <ChooseAll choice={choice} keys={rows.map((row) => keyOf(row))} />}
            {columns.map((column) => (
              <th key={column.title} scope="col" class={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const key = keyOf(row)
            return (
              <Row
                key={key}
                id={key}
                row={row}
                columns={columns as readonly Column<unknown>[]}
                href={hrefOf?.(row)}
                choose={choice?.set}
                isChosen={choice?.chosen.has(key)}
              />
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

interface RowProps {
  readonly id: string
  readonly row: unknown
  readonly columns: readonly Column<unknown>[]
  readonly href: string | undefined
  readonly choose: Choice['set'] | undefined
  readonly isChosen: boolean | undefined
}

/** Drawn again only when it has changed, if the columns stay the same. */
const Row = memo(function Row({ id, row, columns, href, choose, isChosen = false }: RowProps) {
  return (
    <tr
      class={href === undefined ? undefined : 'link'}
      onClick={(event) => {
        const inside =
          event.target instanceof Element && event.target.closest('a, button, label, dialog')
        if (href !== undefined && !inside && getSelection()?.toString() === '') navigate(href)
      }}
    >
      {choose && (
        <td class="choose">
          <label>
            <input
              type="checkbox"
              aria-label={`Choose ${id}`}
              checked={isChosen}
              onChange={(event) => choose([id], event.currentTarget.checked)}
            />
          </label>
        </td>
      )}
      {columns.map((column, at) => (
        <td key={column.title} class={classOf(column)}>
          {at === 0 && href !== undefined ? (
            <a href={href}>{column.cell(row)}</a>
          ) : (
            column.cell(row)
          )}
        </td>
      ))}
    </tr>
  )
})

function ChooseAll({
  choice,
  keys,
}: {
  readonly choice: Choice
  readonly keys: readonly string[]
}) {
  return (
    <th class="choose" scope="col">
      <label>
        <input
          type="checkbox"
          aria-label="Choose all rows shown"
          checked={keys.length > 0 && keys.every((key) => choice.chosen.has(key))}
          onChange={(event) => choice.set(keys, event.currentTarget.checked)}
        />
      </label>
    </th>
  )
}

function classOf<T>({ numeric, extra, wide }: Column<T>): string {
  return [numeric && 'num', extra && 'extra', wide && 'wide'].filter(Boolean).join(' ')
}
