/** Without a key that makes a command of the browser of it: Ctrl A chooses all of a page, and allows nothing. */
export function isPlain({ ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return !ctrlKey && !metaKey && !altKey
}

export function focusOn(element: Element | null | undefined): void {
  if (element instanceof HTMLElement) element.focus()
}

/** `j` goes to the next card and `k` to the one before, from anywhere in the view but a field or a dialog; at first both go to the first card. */
export function moveOnKey(event: KeyboardEvent): void {
  const { target, key } = event
  if ((key !== 'j' && key !== 'k') || !isPlain(event) || !(target instanceof Element)) return
  if (target.closest('input, select, textarea, dialog') !== null) return
  const card = target.closest('.card')
  if (card === null) focusOn(document.querySelector('.cards .card'))
  else focusOn(key === 'j' ? card.nextElementSibling : card.previousElementSibling)
}
