/** Asks before the page is left while something is not saved. @returns what ends it */
export function guardLeaving(isUnsaved: () => boolean): () => void {
  const onLeave = (event: BeforeUnloadEvent) => isUnsaved() && event.preventDefault();
  /** A link within the site would leave without asking, so it loads its page anew, which asks. */
  function onClick(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!(link instanceof HTMLAnchorElement) || link.target || link.download || !isPlain || !isUnsaved()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    window.location.assign(link.href);
  }
  window.addEventListener('beforeunload', onLeave);
  document.addEventListener('click', onClick, true);
  return () => {
    window.removeEventListener('beforeunload', onLeave);
    document.removeEventListener('click', onClick, true);
  };
}
