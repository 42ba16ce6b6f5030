<?php
// SPDX-License-Identifier: GPL-2.0-or-later
// What PHP's extensions and its compiler make of the same input each time: blocks that go from one to another and back.

function primes(int $n): int
{
	$sieve = array_fill(2, $n - 1, true);
	for ($i = 2; $i * $i <= $n; $i++)
		if ($sieve[$i])
			for ($j = $i * $i; $j <= $n; $j += $i)
				$sieve[$j] = false;
	return count(array_filter($sieve));
}

$text = '';
for ($i = 0; $i < 20000; $i++)
	$text .= sprintf("%d line %x\n", $i * 7919 % 10007, $i * $i);
echo implode(' ', array_diff(get_loaded_extensions(), ['Zend OPcache'])), "\n";
echo primes(200000), ' ', strlen($text), ' ', hash('sha256', $text), "\n";
echo preg_match_all('/1.*?9$/m', $text), ' ', md5(preg_replace('/[0-9]+/', '<$0>', $text)), "\n";
$lines = explode("\n", $text);
sort($lines);
echo md5(json_encode($lines)), ' ', md5(serialize(array_count_values(array_map('strlen', $lines)))), "\n";
echo count(unserialize(serialize($lines))), ' ', count(json_decode(json_encode($lines))), "\n";
echo md5(iconv('UTF-8', 'UTF-16LE', $text)), ' ', ctype_digit('123') ? 'digits' : '', "\n";
echo count(token_get_all(file_get_contents(__FILE__))) > 100 ? 'tokens' : '', ' ';
echo (new finfo(FILEINFO_MIME_TYPE))->buffer($text), ' ', cal_days_in_month(CAL_GREGORIAN, 2, 2024), "\n";
$memory = shmop_open(0x2a2a, 'c', 0600, 1 << 20);
shmop_write($memory, substr($text, 0, 1000), 0);
echo md5(shmop_read($memory, 0, 1000)), "\n";
shmop_delete($memory);
for ($i = 0, $kept = []; $i < 300; $i++)
	$kept[$i % 7] = str_repeat(chr(65 + $i % 26), 1 << ($i % 21));
echo md5(implode('', $kept)), "\n";
