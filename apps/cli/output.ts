import type { HubError } from '#kernel';

/** Where text goes: standard output or standard error. */
export interface TextStream {
  write(text: string): unknown;
}

/** What a command prints: its result on standard output, progress on standard error. */
export class Output {
  constructor(
    private readonly stdout: TextStream,
    private readonly stderr: TextStream,
    private readonly isJson: () => boolean,
  ) {}

  /** The command's one result: with `--json` the data as one object, else the text. */
  result(data: object, text: string | (() => string)): void {
    const rendered = this.isJson() ? toJson(data) : typeof text === 'string' ? text : text();
    this.stdout.write(rendered.endsWith('\n') ? rendered : `${rendered}\n`);
  }

  /** The command's one result where it has a format of its own, whatever `--json` says. */
  text(text: string): void {
    this.stdout.write(text);
  }

  /** One line of progress. */
  progress(line: string): void {
    this.stderr.write(`${line}\n`);
  }

  /** An error as the command's result. */
  error(error: HubError): void {
    const { code, message, hint, details } = error;
    if (this.isJson()) this.stdout.write(`${toJson({ error: { code, message, hint, details } })}\n`);
    else this.stderr.write(`${code}: ${message}\n${hint}\n`);
  }
}

function toJson(data: object): string {
  return JSON.stringify(data, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}
