/** QuPath's class for what is left out. */
const IGNORED_CLASS = 'Ignore*';

/** Whether nuclei count within a region of a class, or outside of it. */
export const kindOf = (className: string | null): 'include' | 'exclude' =>
  className === IGNORED_CLASS ? 'exclude' : 'include';
