import { Component } from 'preact'
import type { ComponentChildren } from 'preact'
import { HubError } from '../hub/hub-error.ts'
import { Failure } from './states.tsx'

interface BoundaryProps {
  /** The address of the view: another one is drawn again. */
  readonly at: string
  readonly children: ComponentChildren
}

interface BoundaryState {
  readonly error?: HubError | undefined
}

/** Shows in place of a view that cannot be drawn why that is; the rest of the page stays usable. */
export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = {}

  override componentDidCatch(thrown: unknown): void {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    const message = `This view cannot be drawn (${why}).`
    this.setState({ error: new HubError('VIEW_FAILED', message, { cause: thrown }) })
  }

  override componentDidUpdate({ at }: Readonly<BoundaryProps>): void {
    if (at !== this.props.at && this.state.error !== undefined) this.setState({ error: undefined })
  }

  override render() {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return <Failure error={error} retry={() => document.location.reload()} />
  }
}
