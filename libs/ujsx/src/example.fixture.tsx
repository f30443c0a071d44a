import { createComponent, Fragment } from './index.ts'
import type { UElement } from './index.ts'

const Step = createComponent<{ readonly name: string; readonly done: boolean }>('Step', (props) => (
  <item>
    {props.name}
    {props.done && ' (done)'}
  </item>
))

/** A tree written as JSX, compiled with `"jsxImportSource": "@alkdev/ujsx"`. */
export function plan(steps: readonly string[]): UElement {
  return (
    <>
      <heading level={2}>Plan</heading>
      <list ordered>
        {steps.map((name, at) => (
          <Step key={name} name={name} done={at === 0} />
        ))}
      </list>
    </>
  )
}

export const empty: UElement = <Fragment>{null}</Fragment>
