/** Whether a cell of glass alone has no file, by the bits of the plan. */
export function readGlass(glass: string): (index: number) => boolean {
  const bytes = atob(glass);
  return (index) => (((bytes.charCodeAt(index >> 3) || 0) >> (index & 7)) & 1) === 1;
}
