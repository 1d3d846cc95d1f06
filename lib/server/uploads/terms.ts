import 'server-only';
import { TERMS_COOKIE, TERMS_HEADER, TERMS_VERSION } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';

/** @throws AppError `terms_not_accepted` unless the site's cookie or a program's header says that they were. */
export function assertTerms(request: Request): void {
  const cookies = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  const isAccepted =
    request.headers.get(TERMS_HEADER) === TERMS_VERSION || cookies.includes(`${TERMS_COOKIE}=${TERMS_VERSION}`);
  if (!isAccepted)
    throw new AppError(
      'terms_not_accepted',
      `Images are accepted only after the terms of use: on the site, or with the header ${TERMS_HEADER}: ${TERMS_VERSION}.`,
    );
}
