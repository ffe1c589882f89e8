// SPDX-License-Identifier: Apache-2.0
#include "base/utc_time.h"

namespace portcullis {
namespace {

TEST(UtcTime, ReadsDatesAndMoments) {
  const struct {
    std::string_view text;
    int64_t seconds;
  } rows[] = {
      {"1970-01-01", 0},
      {"2026-11-22", 1795305600},
      {"2026-11-22T13:45", 1795305600 + 13 * 3600 + 45 * 60},
      {"2026-11-22T13:45:30Z", 1795305600 + 13 * 3600 + 45 * 60 + 30},
      {"2024-02-29 00:00:01", 1709164801},
  };
  for (const auto& row : rows) {
    const auto seconds = ParseUtcTime(row.text);
    ASSERT_TRUE(seconds) << row.text;
    EXPECT_EQ(*seconds, row.seconds) << row.text;
  }
}

TEST(UtcTime, RefusesWhatIsNoMoment) {
  for (const std::string_view text :
       {"", "2026", "2026-13-01", "2025-02-29", "2026-11-22T", "2026-11-22T24:00",
        "2026-11-22T10:00:00+02:00", "1969-12-31", "22.11.2026", "2026-11-22Z", "2026-11-22T1:00",
        "2026-11-22T10:00:60"}) {
    const auto seconds = ParseUtcTime(text);
    ASSERT_FALSE(seconds) << text;
    EXPECT_EQ(seconds.error().code, ErrorCode::kMalformed) << text;
    EXPECT_THAT(seconds.error().message, ::testing::HasSubstr("YYYY-MM-DD")) << text;
  }
}

TEST(UtcTime, PrintsWhatItReads) {
  EXPECT_EQ(FormatUtcTime(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatUtcTime(*ParseUtcTime("2024-02-29T23:59:59Z")), "2024-02-29T23:59:59Z");
}

TEST(UtcTime, CutsNanosecondsToTheDigitsWanted) {
  const int64_t time = *ParseUtcTime("2026-11-22T06:12:01Z") * 1'000'000'000 + 82'113'999;
  EXPECT_EQ(FormatUtcNanoseconds(time, 6), "2026-11-22T06:12:01.082113Z");
  EXPECT_EQ(FormatUtcNanoseconds(time, 7), "2026-11-22T06:12:01.0821139Z");
  EXPECT_EQ(FormatUtcNanoseconds(0, 3), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatUtcNanoseconds(-1, 9), "1969-12-31T23:59:59.999999999Z");
  for (const int64_t edge : {INT64_MIN, INT64_MAX}) {
    EXPECT_EQ(FormatUtcNanoseconds(edge, 9).size(), 30U);
  }
}

}  // namespace
}  // namespace portcullis
