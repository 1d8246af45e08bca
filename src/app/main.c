/* landline: which countries' networks are on the Internet right now, since when not, and how we know.
 *
 * main reads the command line and hands over; it alone decides the exit code. */
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include "cli.h"

#include "io/clock.h"

static int print_usage(void)
{
	struct strbuf out;
	strbuf_init(&out, 1 << 16);
	cli_usage(&out);
	cli_print(&out);
	strbuf_release(&out);
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	static struct cli cli;
	struct err e = {0};
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	if (cli_parse(&cli, argc, argv, &e) < 0)
		return cli_fail(EXIT_USED_WRONGLY, &e);
	if (cli.version) {
		printf("landline %s\n", LANDLINE_VERSION);
		return EXIT_DONE;
	}
	if (cli.help && !*cli.command->name)
		return print_usage();
	if (cli.help) {
		cli.words[0] = cli.command->name;
		cli.word_count = 1;
		return run_help(&cli);
	}
	if (cli_resolve(&cli, &e) < 0)
		return cli_fail(e.code == ERR_USAGE || e.code == ERR_NOT_FOUND ? EXIT_USED_WRONGLY : EXIT_FAILED, &e);
	if (clock_open(&e) < 0)
		return cli_fail(EXIT_FAILED, &e);
	int code = cli.command->run(&cli);
	clock_close();
	return code == EXIT_DONE && cli_output_failed() ? EXIT_FAILED : code;
}
