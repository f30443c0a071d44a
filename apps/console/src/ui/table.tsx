import type { ComponentChildren } from 'preact'
import { navigate } from '../url/location.ts'

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
}

/** Rows with a header. A click anywhere in a row opens its view, if it has one. */
export function Table<T>({ label, columns, rows, keyOf, hrefOf }: TableProps<T>) {
  return (
    <div class="table" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const href = hrefOf?.(row)
            return (
              <tr
                key={keyOf(row)}
                class={href === undefined ? undefined : 'link'}
                onClick={(event) => {
                  const inside =
                    event.target instanceof Element && event.target.closest('a, button, input')
                  if (href !== undefined && !inside && getSelection()?.toString() === '')
                    navigate(href)
                }}
              >
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
          })}
        </tbody>
      </table>
    </div>
  )
}

function classOf<T>({ numeric, extra, wide }: Column<T>): string {
  return [numeric && 'num', extra && 'extra', wide && 'wide'].filter(Boolean).join(' ')
}
