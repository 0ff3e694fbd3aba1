import { useEffect, useId, useRef, type ReactNode } from 'react';

export interface ModalDialogProps {
  readonly open: boolean;
  /** A question: "Pause processing?" */
  readonly title: string;
  /** What will happen. */
  readonly text: ReactNode;
  /** The controls. */
  readonly children: ReactNode;
  /** Escape was pressed; whoever opened it closes it. */
  readonly onCancel: () => void;
}

/** The frame of a question. The browser's own dialog: it keeps the focus inside, and Escape cancels. */
export function ModalDialog({ open, title, text, children, onCancel }: ModalDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();

  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);

  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
    >
      <h2 id={`${id}-title`}>{title}</h2>
      <div className="dialog-text" id={`${id}-text`}>
        {text}
      </div>
      {children}
    </dialog>
  );
}
