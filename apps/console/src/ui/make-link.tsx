import { can } from '../hub/log-in.ts'

interface MakeLinkProps {
  readonly operation: string
  /** What the operation needs; without it the link is not shown. */
  readonly scope: string
  readonly label: string
}

/** The way to the form of an operation that makes something. */
export function MakeLink({ operation, scope, label }: MakeLinkProps) {
  if (!can(scope)) return null
  return (
    <p class="lead">
      <a class="button" href={`operations/${operation}`}>
        {label}
      </a>
    </p>
  )
}
