import { useId } from 'react';

type FilePickProps = { label: string; accept: string; onFile: (file: File) => void };

/** Words that open the browser's choice of a file. */
export function FilePick({ label, accept, onFile }: FilePickProps) {
  const id = useId();
  return (
    <label
      htmlFor={id}
      className="inline-flex min-h-9 cursor-pointer items-center rounded px-1 text-hematoxylin underline decoration-1 underline-offset-3 has-focus-visible:outline-2 has-focus-visible:outline-hematoxylin lg:min-h-7"
    >
      {label}
      <input
        id={id}
        type="file"
        accept={accept}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          // Otherwise the same file could not be chosen again.
          event.target.value = '';
        }}
        className="sr-only"
      />
    </label>
  );
}
