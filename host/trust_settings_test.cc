// SPDX-License-Identifier: Apache-2.0
#include "host/trust_settings.h"

namespace portcullis {
namespace {

using authenticode::WeakDigests;
using ::testing::HasSubstr;

TEST(TrustSettings, AcceptEveryDigestWhereNothingIsSaid) {
  const auto settings = TrustSettings::Parse("# nothing\n\n");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->weak_digests, WeakDigests::kAccept);
}

TEST(TrustSettings, KnowThreeWords) {
  EXPECT_EQ(TrustSettings::Parse("weak-digests = accept")->weak_digests, WeakDigests::kAccept);
  EXPECT_EQ(TrustSettings::Parse("weak-digests=refuse-md5")->weak_digests, WeakDigests::kRefuseMd5);
  EXPECT_EQ(TrustSettings::Parse(" weak-digests = refuse-sha1 ")->weak_digests,
            WeakDigests::kRefuseSha1);
}

TEST(TrustSettings, SayWhatIsWrongAndWhere) {
  const auto message = [](std::string_view text) {
    const auto settings = TrustSettings::Parse(text);
    return settings ? std::string("no error") : settings.error().message;
  };
  EXPECT_THAT(message("\nweak-digests = sha1"), HasSubstr("line 2: weak-digests is sha1"));
  EXPECT_THAT(message("weak = accept"), HasSubstr("no setting weak"));
  EXPECT_THAT(message("weak-digests = accept\nweak-digests = accept"),
              HasSubstr("line 2: weak-digests is set a second time"));
}

}  // namespace
}  // namespace portcullis
