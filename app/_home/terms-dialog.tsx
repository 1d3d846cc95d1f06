import { Button } from '@/app/_components/ui/button';
import { Modal } from '@/app/_components/ui/modal';
import { t } from '@/app/_text/t';

type TermsDialogProps = { isOpen: boolean; keepHours: number; onAccept: () => void; onDecline: () => void };

/** The terms of use. They are shown before the first upload of a session. */
export function TermsDialog({ isOpen, keepHours, onAccept, onDecline }: TermsDialogProps) {
  return (
    <Modal
      title={t('Before your image is sent')}
      isOpen={isOpen}
      onClose={onDecline}
      actions={
        <>
          <Button className="grow" onClick={onAccept}>
            {t('I accept')}
          </Button>
          <Button look="secondary" onClick={onDecline}>
            {t('Not now')}
          </Button>
        </>
      }
    >
      <ul className="list-disc space-y-3 pl-5 marker:text-muted">
        <li>
          {t('Restain is for research use only. It is not a medical device. Do not use it for diagnosis or treatment.')}
        </li>
        <li>
          {t(
            'You may use the image, and nothing in it identifies a person: no name, number, label or other identifying or health information, in the picture or in its file.',
          )}
        </li>
        <li>
          {t(
            "This server keeps the pixels of your image without the file's metadata and name, the pictures and numbers made from them, and your corrections and feedback. If you choose a part of a slide, its file is kept until you start, and then deleted. All of it is deleted after {hours, plural, one {{hours} hour} other {{hours} hours}}, or at once when you press Delete now.",
            { hours: keepHours },
          )}
        </li>
        <li>
          {t(
            'Nobody else uses it. It is not used for training and not sent to other services. Anyone who has the address of an analysis can open it, so share the address with care.',
          )}
        </li>
      </ul>
    </Modal>
  );
}
