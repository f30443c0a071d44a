type Tell = (isSeen: boolean) => void

const watched = new WeakMap<Element, Tell>()
let observer: IntersectionObserver | undefined

/** Says when an element comes into view and leaves it, until the returned function is called. One observer serves all elements of the page. */
export function watchView(element: Element, tell: Tell): () => void {
  observer ??= new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) watched.get(target)?.(isIntersecting)
  })
  watched.set(element, tell)
  observer.observe(element)
  return () => {
    watched.delete(element)
    observer?.unobserve(element)
  }
}
