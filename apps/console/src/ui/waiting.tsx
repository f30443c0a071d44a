import type { ComponentChildren } from 'preact'

/** Why something waits, with the way to what it waits for. */
export function Waiting({ children }: { readonly children: ComponentChildren }) {
  return (
    <p class="why">
      <strong>Why it waits</strong> <span>{children}</span>
    </p>
  )
}
