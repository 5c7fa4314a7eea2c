import type { Program, Transport } from '../../src/transport/transport.ts';

/** The same transport, with what is written to programs told. */
export function countedTransport(transport: Transport, onSent: (bytes: number) => void): Transport {
  const start = async (command: string): Promise<Program> => {
    const program = await transport.start(command);
    const write = program.stdin.write.bind(program.stdin);
    program.stdin.write = (chunk: string | Buffer, ...rest: never[]) => {
      onSent(chunk.length);
      return write(chunk, ...rest);
    };
    return program;
  };
  return { name: transport.name, closed: transport.closed, start, close: () => transport.close() };
}
