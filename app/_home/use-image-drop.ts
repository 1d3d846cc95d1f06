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

  /** Opens the camera of a phone with the same input, for one picture. */
  function openCamera() {
    const input = dropzone.inputRef.current;
    if (!input) return;
    input.setAttribute('accept', 'image/*');
    input.setAttribute('capture', 'environment');
    dropzone.open();
    input.removeAttribute('capture');
    input.removeAttribute('accept');
  }

  return { ...dropzone, openCamera };
}
