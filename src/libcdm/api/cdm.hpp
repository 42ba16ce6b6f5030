/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Memory of devices for the containers of C++17: cdm.h behind std::pmr::memory_resource and behind an allocator. See
 * libcdm(3).
 *
 *   cdm::memory_resource device;
 *   std::pmr::vector<double> a(n, &device);
 *
 *   std::vector<double, cdm::allocator<double>> b(n);
 *
 * Both hand out whole pages, for containers of few and large blocks. For many small ones put one of the pools of the
 * standard library in between: std::pmr::synchronized_pool_resource pool(&device).
 *
 * What fails throws std::bad_alloc, and cdm_error() then says why.
 */

#ifndef CDM_HPP
#define CDM_HPP

#include <cdm.h>

#include <cstddef>
#include <limits>
#include <memory_resource>
#include <new>
#include <string>
#include <utility>

namespace cdm
{

/*
 * A memory resource over cdm_aligned_alloc(); place and flags as there, an empty place is every device node. Safe to
 * use from several threads. What it allocates may be given back to any other one that is equal, as all of them are.
 */
class memory_resource : public std::pmr::memory_resource {
public:
	explicit memory_resource(std::string place = {}, unsigned flags = 0) : place_(std::move(place)), flags_(flags)
	{
	}

private:
	void *do_allocate(std::size_t bytes, std::size_t alignment) override
	{
		void *p = cdm_aligned_alloc(alignment, bytes ? bytes : 1, place_.empty() ? nullptr : place_.c_str(), flags_);

		if (!p)
			throw std::bad_alloc();
		return p;
	}

	void do_deallocate(void *p, std::size_t bytes, std::size_t) override
	{
		cdm_free(p, bytes ? bytes : 1);
	}

	/* Address and size tell what to free, whoever asks. */
	bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override
	{
		return dynamic_cast<const memory_resource *>(&other) != nullptr;
	}

	std::string place_;
	unsigned flags_;
};

/*
 * The same for containers that take an allocator: every device node, and what does not fit spills, unless Flags say
 * else.
 */
template <class T, unsigned Flags = 0> class allocator {
public:
	using value_type = T;
	template <class U> struct rebind {
		using other = allocator<U, Flags>;
	};

	allocator() noexcept = default;
	template <class U> allocator(const allocator<U, Flags> &) noexcept
	{
	}

	T *allocate(std::size_t n)
	{
		void *p = nullptr;

		if (n > std::numeric_limits<std::size_t>::max() / sizeof(T))
			throw std::bad_array_new_length();
		p = cdm_aligned_alloc(alignof(T), n ? n * sizeof(T) : 1, nullptr, Flags);
		if (!p)
			throw std::bad_alloc();
		return static_cast<T *>(p);
	}

	void deallocate(T *p, std::size_t n) noexcept
	{
		cdm_free(p, n ? n * sizeof(T) : 1);
	}

	template <class U> bool operator==(const allocator<U, Flags> &) const noexcept
	{
		return true;
	}
	template <class U> bool operator!=(const allocator<U, Flags> &) const noexcept
	{
		return false;
	}
};

}

#endif
