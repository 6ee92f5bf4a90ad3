import * as RadixDialog from '@radix-ui/react-dialog';
import type { ReactElement, ReactNode } from 'react';

interface DialogProps {
  readonly title: string;
  /** The button that opens it, and gets the focus back. */
  readonly trigger: ReactElement;
  readonly isOpen: boolean;
  readonly onChange: (isOpen: boolean) => void;
  readonly children: ReactNode;
}

/**
 * A dialog that keeps the focus, closes by Escape and gives the focus back (Radix). Its own backdrop instead of Radix's
 * overlay: that one writes a style element, which the page's policy refuses.
 */
export function Dialog({ title, trigger, isOpen, onChange, children }: DialogProps): ReactElement {
  return (
    <RadixDialog.Root open={isOpen} onOpenChange={onChange}>
      <RadixDialog.Trigger asChild>{trigger}</RadixDialog.Trigger>
      <RadixDialog.Portal>
        <div className="backdrop" data-modal="" />
        <RadixDialog.Content className="dialog" aria-describedby={undefined}>
          <RadixDialog.Title>{title}</RadixDialog.Title>
          {children}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}
