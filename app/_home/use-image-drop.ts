import { useEffect, useEffectEvent } from 'react';
import { useDropzone } from 'react-dropzone';

/** Files come in by drop, dialog, paste or camera. */
export function useImageDrop(onFiles: (files: readonly File[]) => void) {
  const dropzone = useDropzone({
    noClick: true,
    noKeyboard: true,
    onDrop: (files) => onFiles(files),
    // Automation and older phones know only the dialog of an input element.
    useFsAccessApi: false,
  });

  const onPaste = useEffectEvent((event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) onFiles(files);
  });
  useEffect(() => {
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, []);

  /** Opens the dialog of the same input with other attributes than usual. */
  function openWith(attributes: Record<string, string>) {
    const input = dropzone.inputRef.current;
    if (!input) return;
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
    dropzone.open();
    for (const name of Object.keys(attributes)) input.removeAttribute(name);
  }

  return {
    ...dropzone,
    /** The camera of a phone, for one picture. */
    openCamera: () => openWith({ accept: 'image/*', capture: 'environment' }),
    openFolder: () => openWith({ webkitdirectory: '' }),
  };
}
