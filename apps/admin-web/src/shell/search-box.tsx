import { useEffect, useRef, useState, type FormEvent, type ReactElement } from 'react';
import { useNavigate } from 'react-router';

/** Finds what a text names: a key, an event, a type, a trace or a time; `/` brings the focus here from anywhere. */
export function SearchBox(): ReactElement {
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', focus);
    return () => document.removeEventListener('keydown', focus);
  }, []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== '') void navigate(`/search?q=${encodeURIComponent(text.trim())}`);
  };
  return (
    <form role="search" onSubmit={submit}>
      <label className="search">
        <span className="visually-hidden">Find a key, an event, a type, a trace or a time</span>
        <input
          ref={input}
          type="search"
          value={text}
          placeholder="Find a key, event, trace …"
          onChange={({ target }) => setText(target.value)}
        />
        <kbd aria-hidden="true">/</kbd>
      </label>
    </form>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
