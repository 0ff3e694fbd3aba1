import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { ModalDialog } from './modal-dialog.tsx';

export interface ConfirmDialogProps {
  readonly open: boolean;
  /** A question: "Pause processing?" */
  readonly title: string;
  /** What will happen. */
  readonly children: ReactNode;
  /** The verb: "Pause". */
  readonly confirmLabel: string;
  /** Default `primary`. */
  readonly tone?: 'primary' | 'danger';
  /** The confirmed work is under way. */
  readonly busy?: boolean;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

/** Asks before something is done. */
export function ConfirmDialog({
  open,
  title,
  children,
  confirmLabel,
  tone = 'primary',
  busy = false,
  onConfirm,
  onCancel,
}: ConfirmDialogProps) {
  return (
    <ModalDialog open={open} title={title} text={children} onCancel={onCancel}>
      <div className="dialog-actions">
        <Button onClick={onCancel}>Cancel</Button>
        <Button variant={tone} busy={busy} onClick={onConfirm}>
          {confirmLabel}
        </Button>
      </div>
    </ModalDialog>
  );
}
