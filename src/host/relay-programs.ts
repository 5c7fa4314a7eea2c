import type { Secret } from '../base/secret.ts';
import { sh, type ShellCommand } from '../base/sh.ts';
import { type RunPlace, stageCommand, stageFolder } from './run-folder.ts';

/** A file in a stage that one host gives to another one. */
export interface Relayed {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Random; whoever connects says it first. */
  readonly token: Secret;
}

/**
 * Perl is on every Debian and Ubuntu (`perl-base`), and has sockets. Both programs end when their stdin does, which is when the
 * controller lets go of them, and wait for nothing without looking at it.
 */
const common = [
  'use strict',
  '$SIG{PIPE}="IGNORE"',
  '$|=1',
  'sub quit{print STDERR "$_[0]\\n";exit 1}',
  'sub ready{my($r,$w,$s)=@_;my($i,$o)=("","");vec($i,0,1)=1;vec($i,fileno $r,1)=1 if $r;vec($o,fileno $w,1)=1 if $w;my $n=select $i,$o,undef,$s;exit 1 if vec $i,0,1;$n}',
].join(';');

/** A port for one visitor who knows the token. The file may still be growing: then it is followed until all of it was sent. */
const serveProgram = [
  common,
  'my($a,$sum,$size)=@ARGV',
  'my $l=IO::Socket::IP->new(LocalHost=>$a,LocalPort=>0,Listen=>4)or quit("cannot listen on $a: $@")',
  'print $l->sockport,"\\n"',
  'my($c,$f,$b);my $end=time+30',
  'until($c){my $s=$end-time;$s>0&&ready($l,undef,$s)or quit("nobody came to fetch it");my $p=$l->accept or next;my $t="";ready($p,undef,2)&&sysread $p,$t,64;$c=$p if $t eq "$ENV{K3SBOX_TOKEN}\\n"}',
  'close $l;$c->blocking(0)',
  'ready(undef,undef,.02)until open($f,"<",".$sum")||open($f,"<",$sum)',
  'my $left=$size',
  'while($left>0){my $n=sysread $f,$b,262144;if(!$n){ready(undef,undef,.01);next}$left-=$n;my $o=0;while($o<$n){ready(undef,$c);my $w=syswrite $c,$b,$n-$o,$o;defined $w or quit("cannot send it: $!");$o+=$w}}',
].join(';');

const fetchProgram = [
  common,
  'my($a,$port,$size)=@ARGV',
  'my $c=IO::Socket::IP->new(PeerHost=>$a,PeerPort=>$port,Timeout=>5)or quit("cannot reach $a port $port: $@")',
  'syswrite $c,"$ENV{K3SBOX_TOKEN}\\n"',
  'my($got,$b)=(0)',
  'while($got<$size){ready($c,undef,300)or quit("nothing came from $a for 300 s");my $n=sysread $c,$b,$size-$got<262144?$size-$got:262144;$n or quit("only $got of $size bytes came from $a");$got+=$n;my $o=0;while($o<$n){my $w=syswrite STDOUT,$b,$n-$o,$o;defined $w or quit("cannot write it: $!");$o+=$w}}',
].join(';');

/** Gives a file of the stage away on a port of this address, once; prints the port. */
export function serveCommand(place: RunPlace, { sha256, sizeBytes, token }: Relayed, address: string): ShellCommand {
  const serve = perl(serveProgram, token, [address, sha256, sizeBytes]);
  return sh`${stageFolder(place)}&&${sh.raw('cd "$R/stage"')}&&${serve}`;
}

/** Puts into the stage what {@link serveCommand} gives away at this address and port. */
export function fetchCommand(
  place: RunPlace,
  { sha256, sizeBytes, token }: Relayed,
  from: { readonly address: string; readonly port: number },
): ShellCommand {
  return stageCommand(place, sha256, { receive: perl(fetchProgram, token, [from.address, from.port, sizeBytes]) });
}

/** The token is in the environment, which only this user sees, and not among the words. */
function perl(program: string, token: Secret, words: readonly (string | number)[]): ShellCommand {
  return sh`K3SBOX_TOKEN=${token} perl -MIO::Socket::IP -e ${program} ${words}`;
}
