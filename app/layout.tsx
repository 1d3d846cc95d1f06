import { t } from '@/app/_text/t';
import '@fontsource-variable/instrument-sans/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './globals.css';
import { CSPProvider } from '@base-ui/react/csp-provider';
import type { Metadata, Viewport } from 'next';
import { headers } from 'next/headers';
import type { ReactNode } from 'react';
import { ConnectionNotice } from './_components/connection-notice';
import { DropGuard } from './_components/drop-guard';

export const metadata: Metadata = {
  title: { default: t('Restain'), template: '%s - Restain' },
  description: t(
    'Inferred multiplex images, nuclei and scores from ordinary immunohistochemistry. For research use only.',
  ),
};

export const viewport: Viewport = { colorScheme: 'light dark' };

export default async function RootLayout({ children }: { children: ReactNode }) {
  // The policy belongs to this answer, so pages cannot be made before their request.
  const policy = (await headers()).get('Content-Security-Policy');
  const nonce = /'nonce-([^']+)'/.exec(policy ?? '')?.[1];
  return (
    // The theme script sets an attribute here before React starts.
    <html lang="en" suppressHydrationWarning>
      <head>
        <script src="/theme.js" />
      </head>
      <body>
        <CSPProvider {...(nonce !== undefined && { nonce })}>
          {children}
          <ConnectionNotice />
          <DropGuard />
        </CSPProvider>
      </body>
    </html>
  );
}
