/** The line that stands under every page. */
export function SiteFooter() {
  return (
    <footer className="mt-auto border-line border-t px-4 py-5 text-muted text-sm sm:px-6">
      For research use only. Not a medical device: no diagnosis or treatment may rest on it.
    </footer>
  );
}
