/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Checks cdm.hpp: what the standard requires of a memory resource and of an allocator. Prints "well", or what fails. */

#include <cdm.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <string>
#include <thread>
#include <vector>

static void must(bool so, const char *what)
{
	if (!so) {
		std::puts(what);
		std::exit(1);
	}
}

struct alignas(1 << 16) wide {
	char c;
};

template <class Fn> static bool throws(Fn fn, const char *why)
{
	try {
		fn();
	} catch (const std::bad_alloc &) {
		return std::string(cdm_error()).find(why) != std::string::npos;
	}
	return false;
}

int main()
{
	cdm::memory_resource any, named("system"), wrong("no-such-class");

	must(any == named && any.is_equal(named), "resources are not equal");
	must(!(any == *std::pmr::new_delete_resource()), "another resource is equal");
	named.deallocate(any.allocate(100), 100);
	any.deallocate(any.allocate(0), 0);

	void *p = any.allocate(10, 1 << 20);
	must(reinterpret_cast<std::uintptr_t>(p) % (1 << 20) == 0, "not aligned");
	any.deallocate(p, 10, 1 << 20);

	must(throws([&] { (void)wrong.allocate(1); }, "no-such-class"), "an unknown class is taken");
	must(throws([&] { (void)cdm::memory_resource("system", 99).allocate(1); }, "has no flag"), "unknown flags are taken");

	std::vector<wide, cdm::allocator<wide>> v(3);
	must(reinterpret_cast<std::uintptr_t>(v.data()) % alignof(wide) == 0, "a vector is not aligned");
	std::vector<wide, cdm::allocator<wide>> moved(std::move(v));
	must(moved.size() == 3, "a vector is lost");
	std::list<int, cdm::allocator<int>> l{ 1, 2, 3 };
	must(l.back() == 3, "a list is lost");

	std::pmr::synchronized_pool_resource pool(&any);
	std::vector<std::thread> threads;
	for (int i = 0; i < 8; i++)
		threads.emplace_back([&pool, i] {
			std::pmr::vector<std::pmr::string> strings(&pool);

			for (int k = 0; k < 1000; k++)
				strings.emplace_back("a string too long to stand in its object " + std::to_string(k + i));
		});
	for (auto &t : threads)
		t.join();
	std::puts("well");
}
